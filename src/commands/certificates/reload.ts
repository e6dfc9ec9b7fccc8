import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';

export function declareReload(certificates: Command, context: Context): void {
  declareCommand(
    certificates,
    'reload',
    'serve what is in the files of traefik.certificates now, without an interruption',
    {
      'matrix-deploy certificates reload': '',
      'matrix-deploy certificates reload --quiet': 'as the deploy hook of certbot',
    },
  ).action(inSession('certificates reload', context, reload));
}

async function reload({ context, directory, answer }: Session<object>): Promise<void> {
  const { loadConfig } = await import('../../config/load.ts');
  const { changeDeployment } = await import('../../procedures/change-deployment.ts');
  const { reloadCertificate } = await import('../../procedures/certificates/reload.ts');
  const { config } = await loadConfig(directory);
  const reloaded = await changeDeployment(context, { directory }, 'certificates reload', () =>
    reloadCertificate({ directory, config }, context),
  );
  const { names, until, changed } = reloaded;
  const day = until.toISOString().slice(0, 10);
  answer(
    [
      `${changed ? 'Served from now on' : 'Served as before'}: the certificate of ${names.join(', ')}, valid until ${day}.`,
    ],
    reloaded,
  );
}
