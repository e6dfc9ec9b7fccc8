import {
  placeOf,
  type Sending,
  type SendingAccount,
  type SendingFailure,
  type SendingFault,
} from './sending.ts';

/** Whether a later attempt may succeed: the meaning of a `4yz` reply (RFC 5321, section 4.2.1). */
function isLater(code: number): boolean {
  return code >= 400 && code < 500;
}

const loginNeeded = 530;

/** Explains the refusal of a mail server, by the step that it refuses. */
export function judgeReply(
  step: Sending['step'],
  failure: SendingFailure,
  account: SendingAccount,
): SendingFault {
  const { code, text } = failure;
  const said = `${code ?? ''} ${text}`.trim();
  const place = placeOf(account);
  if (step === 'login') return judgeLogin(failure, account);
  if (code === loginNeeded) {
    return {
      code: 'login-required',
      finding: `${place} takes no mail without an account: ${said}`,
      remedy: 'Set mail.user, and mail.password with `matrix-deploy secrets set`.',
    };
  }
  // Many servers judge even the sender only after they have been given a recipient.
  const isSender = step === 'sender' || (step === 'recipient' && /sender|not owned/i.test(text));
  if (step === 'recipient' && !isSender && /relay/i.test(text)) {
    return {
      code: 'relay-refused',
      finding: `${place} sends nothing to other mail servers for this host: ${said}`,
      remedy:
        account.login === undefined
          ? 'Set mail.user and mail.password, or let the mail server relay for the address of this host.'
          : 'The account may not send to other servers: see its rights on the mail server.',
    };
  }
  if (code !== null && isLater(code)) {
    return {
      code: 'try-later',
      finding: `${place} does not take the mail now: ${said}`,
      remedy:
        'Try again in a quarter of an hour: some servers delay unknown senders, or limit how much they send.',
    };
  }
  if (isSender) {
    return {
      code: 'sender-refused',
      finding: `${place} does not let ${account.login === undefined ? 'this host' : account.login.user} send as ${account.address}: ${said}`,
      remedy: 'Set mail.sender to an address of that account, or allow it on the mail server.',
    };
  }
  return step === 'recipient'
    ? {
        code: 'recipient-refused',
        finding: `${place} does not take mail for that address: ${said}`,
        remedy: 'Look for a typing error in the address, and try another one.',
      }
    : {
        code: 'message-refused',
        finding: `${place} does not take the message: ${said}`,
        remedy: 'Its answer says why; a filter against spam often wants SPF, DKIM and DMARC records.',
      };
}

function judgeLogin({ kind, code, text }: SendingFailure, account: SendingAccount): SendingFault {
  const place = placeOf(account);
  if (kind === 'not-offered') {
    return {
      code: 'no-login',
      finding: `${place} offers no way to log in that the homeserver knows`,
      remedy:
        'Use the submission port (587 or 465). The homeserver knows PLAIN, LOGIN and CRAM-MD5, and no OAuth: some providers have passwords for programs.',
    };
  }
  if (code !== null && isLater(code)) {
    return {
      code: 'try-later',
      finding: `${place} does not let anybody log in now: ${code} ${text}`,
      remedy: 'Try again later.',
    };
  }
  return {
    code: 'wrong-password',
    finding: `${place} does not let ${account.login?.user ?? 'the account'} log in: ${code ?? ''} ${text}`,
    remedy: `Set the right password with \`matrix-deploy secrets set ${account.login?.secret ?? 'NAME'}\`, and see mail.user. Accounts with a second factor need a password for programs.`,
  };
}
