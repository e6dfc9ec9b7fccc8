// Joins what tsc has built with the libraries that it uses: a few files load five times as fast as the thousand that
// they come from. What a command may not need stays apart, and is loaded when it does.
import { cp, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

// What dockerode loads for ways to an engine that we do not go: SSH, and the sessions of BuildKit. It is more than all the rest.
const unused = /^(ssh2|protobufjs|@grpc\/grpc-js|@grpc\/proto-loader)$/;

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ['build/main.js'],
  outdir: 'dist',
  bundle: true,
  metafile: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // For libraries that are no modules.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  plugins: [
    {
      name: 'leave out what is not used',
      setup({ onResolve, onLoad }) {
        onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'unused' }));
        onLoad({ filter: unused, namespace: 'unused' }, () => ({ contents: '' }));
      },
    },
  ],
});
// What end-to-end encryption is written in is no JavaScript: the library reads it from beside its own file.
const wasm = 'pkg/matrix_sdk_crypto_wasm_bg.wasm';
await cp(`node_modules/@matrix-org/matrix-sdk-crypto-wasm/${wasm}`, `dist/${wasm}`);
// For packaging/describe.ts: what was joined.
await writeFile('build/joined.json', JSON.stringify(metafile));
