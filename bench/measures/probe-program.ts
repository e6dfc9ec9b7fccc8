import { askServer } from '../../src/host/dns/ask.ts';
import { look } from '../../src/host/sight.ts';

// Started by probes.ts on a machine of the lab: sends one request of `check`, or one question of `dns`, to an address, and
// prints how many milliseconds that took.
const [kind, address = ''] = process.argv.slice(2);
const begun = performance.now();
if (kind === 'request') {
  await look({
    address,
    port: 443,
    name: 'alpha.test',
    isAddress: false,
    hostHeader: 'alpha.test',
    path: '/.well-known/matrix/server',
    roots: undefined,
    bytes: 2 ** 16,
    signal: new AbortController().signal,
  });
} else {
  await askServer(address, { name: 'matrix.alpha.test', type: 'A' });
}
process.stdout.write(String(performance.now() - begun));
