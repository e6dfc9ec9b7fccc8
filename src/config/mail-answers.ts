import type { Settings } from '../components/component.ts';
import { type MailOptions, options } from '../components/mail/options.ts';
import type { Answers } from './answers.ts';
import type { ConfigIssue } from './issue.ts';
import { describeSchemaIssue } from './schema-wording.ts';

/** The name of the secret in which `init` stores the password of the mail account. */
export const mailPassword = 'mail_password';

/** Stands for the mail server of a homeserver without mail. */
const noMail = 'none';

/** The key of an answers file for each setting of the section `mail`. */
const answerOf: Readonly<Record<string, keyof Answers>> = {
  host: 'mail_host',
  port: 'mail_port',
  tls: 'mail_tls',
  user: 'mail_user',
  password: 'mail_password_file',
  sender: 'mail_sender',
};

/** The section `mail` of a new matrix.yaml; `undefined` when there is no answer about mail. */
export function mailSection(answers: Answers): Settings | undefined {
  const { mail_host: host, mail_port: port, mail_tls: tls, mail_user: user, mail_sender: sender } = answers;
  const password = answers.mail_password_file === undefined ? undefined : { from_secret: mailPassword };
  const told = Object.entries({ host, port, tls, user, password, sender }).filter(
    ([, value]) => value !== undefined,
  );
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

/**
 * The answers that lead to a section `mail`, except the file with the password: the section contains only the name of
 * the secret.
 */
export function mailAnswersBehind({ host, port, tls, user, sender }: MailOptions): Answers {
  return {
    mail_host: host ?? noMail,
    mail_port: port,
    mail_tls: tls,
    mail_user: user,
    mail_sender: sender,
  };
}

/** What is wrong with the answers about mail. */
export function mailIssues(answers: Answers): ConfigIssue[] {
  const { error } = options.safeParse(mailSection(answers) ?? {}, { error: describeSchemaIssue });
  return (error?.issues ?? []).map(({ path, message }) => ({
    path: [answerOf[String(path[0])] ?? 'mail_host'],
    message,
  }));
}
