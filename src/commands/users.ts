import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { type Examples, setExamples } from './examples.ts';
import { declareDeactivate } from './users/deactivate.ts';
import { declareDevices } from './users/devices.ts';
import { declareExport } from './users/export.ts';
import { declareList } from './users/list.ts';
import { declareRevokeToolSession } from './users/revoke-tool-session.ts';
import { declareRights } from './users/rights.ts';
import { declareSetPassword } from './users/set-password.ts';
import { declareShow } from './users/show.ts';

const examples: Examples = {
  'matrix-deploy users list --sort last-seen': 'latest activity first',
  'matrix-deploy users show bob': 'everything about one',
  'matrix-deploy users set-password bob': 'a new password',
};

export function declareUsers(program: Command, context: Context): void {
  const users = setExamples(program.command('users'), examples).description(
    'list, show, change and deactivate accounts',
  );
  const declarations = [
    declareList,
    declareShow,
    declareSetPassword,
    declareRights,
    declareDevices,
    declareExport,
    declareDeactivate,
    declareRevokeToolSession,
  ];
  for (const declare of declarations) {
    declare(users, context);
  }
}
