/** What comes in. */
export interface Request {
  readonly method: string;
  readonly url: URL;
  // biome-ignore lint/suspicious/noExplicitAny: what comes in is what the product made.
  readonly body: any;
  readonly token: string | undefined;
}

/** What goes out: a JSON object. */
export interface Reply {
  readonly status: number;
  readonly body: object;
}

export const ok = (body: object = {}): Reply => ({ status: 200, body });
export const refuse = (status: number, errcode: string, error = errcode): Reply => ({
  status,
  body: { errcode, error },
});

/** By path, what answers it; `name` is what the first group of the path matched, `user` the user of that name. */
export type Handlers<User> = readonly (readonly [
  RegExp,
  (request: Request, user: User, name: string) => Reply,
])[];
