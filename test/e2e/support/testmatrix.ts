import { testedImage } from '../../../src/releases/releases.ts';
import type { Host } from '../../lab/host.ts';
import { copyWheels } from './wheels.ts';

const directory = '/srv/testmatrix';

/**
 * Runs testmatrix for all names in its arguments, several at a time, and prints as JSON what it has said of each.
 * Testmatrix itself waits forever for an answer: it gets ten seconds.
 */
const program = `
import contextlib, io, json, multiprocessing, signal, sys
import test_matrix

class Late(BaseException): pass

def late(*_):
    raise Late

def run(name):
    said = io.StringIO()
    signal.signal(signal.SIGALRM, late)
    signal.alarm(10)
    sys.argv = ["testmatrix", name]
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            test_matrix.main()
        except Late:
            print("it did not end")
        except BaseException as error:
            print("𐄂 ended by", type(error).__name__)
    signal.alarm(0)
    return name, said.getvalue().splitlines()

with multiprocessing.get_context("fork").Pool(8, maxtasksperchild=1) as pool:
    print(json.dumps(dict(pool.imap_unordered(run, sys.argv[1:]))))
`;

/**
 * Runs testmatrix, a tester of Matrix servers that is not ours, in a container on a host.
 *
 * @param roots PEM of the CA certificates that it trusts
 * @returns by server name, the lines that it has written; those of what is wrong begin with 𐄂
 */
export async function runTestmatrix(
  host: Host,
  serverNames: readonly string[],
  roots: string,
): Promise<Readonly<Record<string, readonly string[]>>> {
  await copyWheels(host, 'testmatrix', ['testmatrix==0.2.3'], directory);
  await host.writeFile(`${directory}/roots.pem`, roots);
  const environment = { PYTHONPATH: directory, REQUESTS_CA_BUNDLE: `${directory}/roots.pem` };
  const options = [
    '--rm',
    '--network=host',
    `--volume=${directory}:${directory}:ro`,
    ...Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`),
    '--entrypoint=python3',
  ];
  const image = testedImage('synapse');
  const output = await host.run(['docker', 'run', ...options, image, '-c', program, ...serverNames], {
    timeoutSeconds: 120,
  });
  return JSON.parse(output);
}
