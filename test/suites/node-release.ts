import { execa } from 'execa';

/**
 * The npm package that holds Node for this platform. The package `node` fetches it with an install script, which
 * .npmrc forbids: then the Node of the system runs in its place.
 */
const platform = `${process.platform}-${process.arch}`;
const packageName = platform === 'darwin-arm64' ? `node-bin-${platform}` : `node-${platform}`;

/**
 * The path of a Node: this one where it is of that release, otherwise one from npm.
 *
 * @param release such as `22` or `20.19`
 * @throws Error when npm cannot bring it, or the program is of another release.
 */
export async function findNode(
  release: string,
  options: { cancelSignal?: AbortSignal } = {},
): Promise<string> {
  if (isOf(release, process.versions.node)) return process.execPath;
  const script = 'console.log(process.versions.node); console.log(process.execPath)';
  const npx = ['--yes', `--package=${packageName}@${release}`, '--', 'node', '--eval', script];
  const { stdout } = await execa('npx', npx, options);
  const [version = '', program = ''] = stdout.trim().split('\n').slice(-2);
  if (!isOf(release, version)) throw new Error(`npm was asked for Node ${release} and brought ${version}`);
  return program;
}

/** Whether a version such as `22.3.0` belongs to a release such as `22`. */
function isOf(release: string, version: string): boolean {
  return `${version}.`.startsWith(`${release}.`);
}
