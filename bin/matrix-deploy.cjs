#!/usr/bin/env node
// Not a module, and in old words: a Node that is too old for the program can read this far, and says so. It also
// answers what needs no program, before the program is loaded.
'use strict';

// biome-ignore lint/style/useNodejsImportProtocol: what this is for does not know it
const { existsSync, readFileSync, statSync } = require('fs');
// biome-ignore lint/style/useNodejsImportProtocol: as above
const { enableCompileCache } = require('module');
const { version } = require('../package.json');

const [major, minor] = process.versions.node.split('.').map(Number);
const [, , ...argv] = process.argv;
const only = argv.length === 1 ? argv[0] : undefined;
/** What `help` says at a width of 80 columns: the build writes it. */
const help = `${__dirname}/../dist/help.txt`;

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`matrix-deploy needs Node.js 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else if (only === '--version') {
  process.stdout.write(`${version}\n`);
} else if (only === '--help' && !(process.stdout.columns < 80) && existsSync(help)) {
  process.stdout.write(readFileSync(help, 'utf8'));
} else {
  keepCompiled();
  import('../dist/main.js');
}

/**
 * Lets the next run find the program compiled, from Node 22.1 on: that is much of the time until the first output. Only for
 * the owner of the package, who would not be able to remove files of another user with it.
 */
function keepCompiled() {
  if (enableCompileCache && process.getuid && statSync(__dirname).uid === process.getuid()) {
    enableCompileCache(`${__dirname}/../node_modules/.cache/matrix-deploy`);
  }
}
