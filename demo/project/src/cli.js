#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { parse } from "./parse.js";
import { report } from "./report.js";

const [file] = process.argv.slice(2);
console.log(report(parse(readFileSync(file, "utf8"))));
