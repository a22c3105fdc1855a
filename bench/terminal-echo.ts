/** Gives back each key as it comes: the way there and back is measured. */
process.stdin.setRawMode(true);
process.stdin.on("data", (bytes) => process.stdout.write(bytes));
process.stdout.write("ready");
