// Joins a program with the libraries that it uses: a few files load five times as fast as the thousand that they come
// from. What a command may not need stays apart, and is loaded when it does.
import { build } from 'esbuild';

// What dockerode loads for ways to an engine that we do not go: SSH, and the sessions of BuildKit. It is more than all the rest.
const unused = /^(ssh2|protobufjs|@grpc\/grpc-js|@grpc\/proto-loader)$/;

const leaveOutUnused = {
  name: 'leave out what is not used',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'unused' }));
    onLoad({ filter: unused, namespace: 'unused' }, () => ({ contents: '' }));
  },
};

/**
 * @param {string} main the module that the program begins with
 * @param {string} outdir where the joined files go
 * @param {import('esbuild').Plugin[]} plugins further plugins of esbuild
 * @returns {Promise<import('esbuild').Metafile>} what was joined
 */
export async function join(main, outdir, plugins = []) {
  const { metafile } = await build({
    entryPoints: [main],
    outdir,
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
    plugins: [leaveOutUnused, ...plugins],
  });
  return metafile;
}
