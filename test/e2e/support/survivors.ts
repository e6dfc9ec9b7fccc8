import { waitUntil } from '../../lab/command.ts';
import type { Deployment } from './deployment.ts';

/** What must stay as it is from when it is there: the secrets, and the number that initdb gives a database and never again. */
export async function identityOf(deployment: Deployment): Promise<Record<string, string>> {
  const { host } = deployment;
  const control = deployment.path('data/postgres/global/pg_control');
  const secrets = (await host.exists(deployment.path('secrets'))) ? await deployment.secrets() : {};
  return (await host.exists(control))
    ? { ...secrets, database: await host.run(['od', '-An', '-t', 'u8', '-N', '8', control]) }
    : secrets;
}

/** Waits until the host has no other containers than those of the three services: a job in the background ends soon. */
export async function untilThreeAreLeft({ host }: Deployment): Promise<void> {
  const left = async () => (await host.run(['docker', 'ps', '--all', '--format', '{{.Names}}'])).split('\n');
  await waitUntil('the end of all else', async () => (await left()).length === 3, { seconds: 60 }).catch(
    async (error) => {
      throw new Error(`more than three containers are there: ${await left()}`, { cause: error });
    },
  );
}
