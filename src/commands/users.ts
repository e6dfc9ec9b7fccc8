import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareDeactivate } from './users/deactivate.ts';
import { declareDevices } from './users/devices.ts';
import { declareList } from './users/list.ts';
import { declareRevokeToolSession } from './users/revoke-tool-session.ts';
import { declareRights } from './users/rights.ts';
import { declareSetPassword } from './users/set-password.ts';
import { declareShow } from './users/show.ts';

const examples = `
Examples:
  matrix-deploy users list --sort last-seen --reverse
  matrix-deploy users show bob
  matrix-deploy users set-password bob --generate-password --log-out
  matrix-deploy users deactivate bob`;

export function declareUsers(program: Command, context: Context): void {
  const users = program
    .command('users')
    .description('see, change and end accounts')
    .addHelpText('after', examples);
  const declarations = [
    declareList,
    declareShow,
    declareSetPassword,
    declareRights,
    declareDevices,
    declareDeactivate,
    declareRevokeToolSession,
  ];
  for (const declare of declarations) {
    declare(users, context);
  }
}
