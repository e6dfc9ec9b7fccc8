import { Lab } from '../../lab/lab.ts';

// A process with a lab of its own, in which everything is used that a lab takes from its machine. Says where it is, and waits.
const lab = await Lab.open();
const host = await lab.host('alpha', { diskBytes: 128 * 1024 ** 2 });
await host.impair({ delayMilliseconds: 10 });
process.stdout.write(`${lab.directory}\n`);
setInterval(() => {}, 60_000);
