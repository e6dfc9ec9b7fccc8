import { UserError } from '../../errors.ts';

/** The error where a command needs certificate files of the operator's, and the proxy reads none. */
export function readsNoFiles(issuer: string | undefined): UserError {
  const reason =
    issuer === undefined
      ? 'the other proxy of this host has the certificates'
      : `traefik.certificates.issuer is ${issuer}`;
  return new UserError(`the proxy serves no certificate from files of yours: ${reason}`, {
    code: 'certificates.none',
    hint: 'There is nothing to do: docs/certificates.md says where certificates come from.',
  });
}
