import { type Handlers, ok, type Reply, type Request, refuse } from './homeserver-api.ts';

interface FakeToken {
  token: string;
  uses_allowed: number | null;
  completed: number;
  pending: number;
  expiry_time: number | null;
}

/** Registration by token, as the fake homeserver knows it; nothing looks at a token. */
export function fakeTokens() {
  const tokens = new Map<string, FakeToken>();
  const registration = { isOpen: false };

  const available = (): Reply =>
    registration.isOpen
      ? ok({ available: true })
      : refuse(403, 'M_FORBIDDEN', 'Registration has been disabled');
  const create = ({ body }: Request): Reply => {
    if (tokens.has(body.token)) {
      return refuse(400, 'M_INVALID_PARAM', `Token already exists: ${body.token}`);
    }
    const made = { ...body, completed: 0, pending: 0 };
    tokens.set(body.token, made);
    return ok(made);
  };
  const one = ({ method }: Request, _user: unknown, text: string): Reply => {
    const token = tokens.get(text);
    if (token === undefined) {
      return refuse(404, 'M_NOT_FOUND', `No such registration token: ${text}`);
    }
    if (method === 'DELETE') {
      tokens.delete(text);
    }
    return ok(method === 'DELETE' ? {} : token);
  };

  const anybody: Handlers<unknown> = [[/^\/_matrix\/client\/v3\/register\/available$/, available]];
  const admins: Handlers<unknown> = [
    [/^\/_synapse\/admin\/v1\/registration_tokens$/, () => ok({ registration_tokens: [...tokens.values()] })],
    [/^\/_synapse\/admin\/v1\/registration_tokens\/new$/, create],
    [/^\/_synapse\/admin\/v1\/registration_tokens\/([^/]+)$/, one],
  ];
  return Object.assign(registration, { tokens, anybody, admins });
}
