import { type AddUsersOptions, type AddUsersResult, addUsers } from '../administration/add-users.ts';
import type { UserRow } from '../config/user-file.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import { type ChangePorts, changeDeployment } from './change-deployment.ts';

/** Creates the users of a file, as `addUsers` does, while no other run changes the deployment. */
export function addUsersAlone(
  context: ChangePorts,
  server: Homeserver,
  rows: readonly UserRow[],
  { directory, ...options }: AddUsersOptions & { readonly directory: string },
): Promise<AddUsersResult> {
  return changeDeployment(context, { directory }, 'add-user --from', () => addUsers(server, rows, options));
}
