// Has a database to itself for a while: FILE MILLISECONDS.
const Database = require("better-sqlite3");
const [, , file, ms] = process.argv;
const db = new Database(file, { timeout: 20_000 });
db.exec("BEGIN IMMEDIATE");
setTimeout(() => process.exit(0), Number(ms));
