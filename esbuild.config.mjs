// Joins what tsc has built into dist/.
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from './packaging/join.mjs';

await rm('dist', { recursive: true, force: true });
const joined = await join('build/main.js', 'dist');
// What end-to-end encryption is written in is no JavaScript: the library reads it from beside its own file.
const wasm = 'pkg/matrix_sdk_crypto_wasm_bg.wasm';
await cp(`node_modules/@matrix-org/matrix-sdk-crypto-wasm/${wasm}`, `dist/${wasm}`);
// For packaging/describe.ts.
await writeFile('build/joined.json', JSON.stringify(joined));
