/** Gives back each key as it comes: what is measured is the way there and back. */
process.stdin.setRawMode(true);
process.stdin.on("data", (bytes) => process.stdout.write(bytes));
process.stdout.write("ready");
