import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type Handlers, ok, type Reply, type Request, refuse } from './homeserver-api.ts';
import { ownLoopback } from './loopback.ts';
import { fakeTokens } from './registration-tokens.ts';
import { fakeRooms } from './rooms.ts';
import { fakeUsage } from './usage.ts';

export interface FakeUser {
  password: string;
  admin: boolean;
  displayName?: string;
  email?: string;
  locked?: boolean;
  deactivated?: boolean;
  erased?: boolean;
  /** Synapse's word for an account of no person. */
  type?: string;
  /** IDs of the rooms that it is in. */
  joined?: readonly string[];
  /** Milliseconds since 1970. */
  lastSeen?: number;
  /** Sizes in bytes. */
  uploads?: readonly number[];
  /** By room, what was sent there. */
  sent?: Readonly<Record<string, readonly object[]>>;
  /** By access token, the name of the device that it is the session of. */
  sessions: Map<string, string>;
}

/** Synapse as our commands know it: a real server, which remembers accounts and sessions, and refuses what Synapse refuses. */
export function fakeHomeserver(serverName: string, isUp: () => boolean) {
  const users = new Map<string, FakeUser>();
  const registration = fakeTokens();
  const usage = fakeUsage(serverName);
  let tokens = 0;
  let server: Server | undefined;
  const address = ownLoopback();

  const openSession = (user: FakeUser, device: string): string => {
    const token = `syt_fake_${++tokens}`;
    user.sessions.set(token, device);
    return token;
  };
  const register = ({ method, body }: Request): Reply => {
    if (method === 'GET') {
      return ok({ nonce: 'n' });
    }
    if (users.has(body.username)) {
      return refuse(400, 'M_USER_IN_USE', 'User ID already taken.');
    }
    const { username, password, admin, displayname, user_type: type } = body;
    const user: FakeUser = {
      password,
      admin,
      displayName: displayname ?? username,
      type,
      sessions: new Map(),
    };
    users.set(username, user);
    const userId = `@${username}:${serverName}`;
    if (body.inhibit_login) {
      return ok({ user_id: userId });
    }
    const token = openSession(user, body.initial_device_display_name);
    return ok({ user_id: userId, access_token: token, device_id: token });
  };
  const logIn = ({ body }: Request): Reply => {
    const user = users.get(body.identifier.user);
    return user?.password === body.password && user !== undefined && !user.deactivated
      ? ok({ access_token: openSession(user, body.initial_device_display_name) })
      : refuse(403, 'M_FORBIDDEN', 'Invalid username or password');
  };
  const holderOf = (token: string | undefined) =>
    [...users.values()].find(({ sessions }) => token !== undefined && sessions.has(token));
  const rooms = fakeRooms(serverName, (token) => {
    const holder = holderOf(token);
    return [...users].find(([, user]) => user === holder)?.[0];
  });
  const logInAs = (_request: Request, user: FakeUser | undefined): Reply =>
    user === undefined ? refuse(404, 'M_NOT_FOUND') : ok({ access_token: openSession(user, 'puppet') });
  const logOut = ({ token = '' }: Request): Reply => {
    holderOf(token)?.sessions.delete(token);
    return ok();
  };
  const logOutAll = ({ token }: Request): Reply => {
    holderOf(token)?.sessions.clear();
    return ok();
  };

  const describe = (name: string, { sessions: _, email, displayName, type, ...user }: FakeUser) => ({
    name: `@${name}:${serverName}`,
    displayname: displayName,
    admin: user.admin,
    user_type: type ?? null,
    deactivated: user.deactivated === true ? 1 : 0,
    locked: user.locked === true,
    creation_ts: 1_750_000_000,
    last_seen_ts: user.lastSeen ?? null,
    threepids: email === undefined ? [] : [{ medium: 'email', address: email }],
  });
  const list = ({ url }: Request): Reply => {
    const [name, admins] = [url.searchParams.get('name') ?? '', url.searchParams.get('admins')];
    const userId = url.searchParams.get('user_id') ?? '';
    const withDeactivated = url.searchParams.get('deactivated') === 'true';
    const fitting = [...users]
      .filter(([key, user]) => key.includes(name) && (admins === null || user.admin === (admins === 'true')))
      .filter(([key, { deactivated }]) => `@${key}`.includes(userId) && (withDeactivated || !deactivated))
      .sort(([one], [other]) => (one < other ? -1 : 1));
    const { page, next } = pageOf(fitting, url);
    const found = page.map(([key, user]) => describe(key, user));
    return ok({ users: found, total: fitting.length, ...(next && { next_token: String(next) }) });
  };
  const mediaStatistics = ({ url }: Request): Reply => {
    const term = url.searchParams.get('search_term') ?? '';
    const fitting = [...users].filter(([key, { uploads }]) => key.includes(term) && uploads !== undefined);
    const { page, next } = pageOf(fitting, url);
    const found = page.map(([key, { uploads = [] }]) => ({
      user_id: `@${key}:${serverName}`,
      media_count: uploads.length,
      media_length: uploads.reduce((sum, size) => sum + size, 0),
    }));
    return ok({ users: found, ...(next && { next_token: next }) });
  };
  const whois = (): Reply => ok({ devices: {} });
  const pushers = (): Reply => ok({ pushers: [], total: 0 });
  const accountData = (): Reply => ok({ account_data: { global: {}, rooms: {} } });
  const memberships = (_request: Request, user: FakeUser | undefined): Reply =>
    ok({ memberships: Object.fromEntries(Object.keys(user?.sent ?? {}).map((room) => [room, 'join'])) });
  const messages = ({ url }: Request, _user: FakeUser | undefined, room: string): Reply => {
    const [sender] = JSON.parse(url.searchParams.get('filter') ?? '{}').senders;
    const sent = users.get(sender.replace(/^@(.*):.*$/, '$1'))?.sent?.[room] ?? [];
    const { page, next } = pageOf(sent, url);
    return ok({ chunk: page, ...(page.length > 0 && { end: String(next ?? sent.length) }) });
  };
  const media = ({ url }: Request, user: FakeUser | undefined, name: string): Reply => {
    const { page, next } = pageOf([...(user?.uploads ?? []).entries()], url);
    const found = page.map(([index, bytes]) => ({ media_id: `${name}${index}`, media_length: bytes }));
    return ok({ media: found, ...(next && { next_token: next }) });
  };
  // The first file of each is in quarantine.
  const download = (_request: Request, _user: FakeUser | undefined, id: string): Reply =>
    id.endsWith('0') ? refuse(404, 'M_NOT_FOUND') : ok({ content: id });
  const joinedRooms = (): Reply => ok({ joined_rooms: [], total: 0 });
  const whoAmI = ({ token }: Request): Reply => {
    const name = [...users].find(([, user]) => user === holderOf(token))?.[0];
    return ok({ user_id: `@${name}:${serverName}` });
  };
  const ownRooms = ({ token }: Request): Reply => ok({ joined_rooms: holderOf(token)?.joined ?? [] });
  const leave = ({ token, url }: Request): Reply => {
    const room = decodeURIComponent(url.pathname.split('/').at(-2) ?? '');
    const holder = holderOf(token);
    Object.assign(holder ?? {}, { joined: holder?.joined?.filter((each) => each !== room) });
    return ok();
  };
  const oneUser = ({ method, body }: Request, user: FakeUser | undefined, name: string): Reply => {
    if (user === undefined) {
      return refuse(404, 'M_NOT_FOUND', 'User not found');
    }
    if (method === 'PUT') {
      const { threepids, logout_devices, user_type, ...changes } = body;
      Object.assign(
        user,
        changes,
        user_type && { type: user_type },
        threepids === undefined ? {} : { email: threepids[0].address },
      );
      if (changes.password !== undefined && logout_devices !== false) {
        user.sessions.clear();
      }
    }
    return ok(describe(name, user));
  };
  const devicesOf = (_request: Request, user: FakeUser | undefined): Reply =>
    ok({
      devices: [...(user?.sessions ?? [])].map(([id, name]) => ({ device_id: id, display_name: name })),
    });
  const deleteDevices = ({ body }: Request, user: FakeUser | undefined): Reply => {
    for (const id of body.devices) {
      user?.sessions.delete(id);
    }
    return ok();
  };
  const deactivate = ({ body }: Request, user: FakeUser | undefined): Reply => {
    Object.assign(user ?? {}, { deactivated: true, erased: body.erase });
    user?.sessions.clear();
    return ok();
  };
  const ownerOf = (_request: Request, _user: FakeUser | undefined, address: string): Reply => {
    const [name] = [...users].find(([, { email }]) => email === address) ?? [];
    return name === undefined ? refuse(404, 'M_NOT_FOUND') : ok({ user_id: `@${name}:${serverName}` });
  };

  const anybody: Handlers<FakeUser | undefined> = [
    [/^\/_synapse\/admin\/v1\/register$/, register],
    [/^\/_matrix\/client\/v3\/login$/, logIn],
    ...registration.anybody,
    ...usage.anybody,
  ];
  const anyUser: Handlers<FakeUser | undefined> = [
    [/^\/_matrix\/client\/v3\/logout$/, logOut],
    [/^\/_matrix\/client\/v3\/account\/whoami$/, whoAmI],
    [/^\/_matrix\/client\/v3\/joined_rooms$/, ownRooms],
    [/^\/_matrix\/client\/v3\/rooms\/[^/]+\/(?:leave|forget)$/, leave],
    ...rooms.users,
    ...usage.users,
  ];
  const admins: Handlers<FakeUser | undefined> = [
    [/^\/_synapse\/admin\/v1\/users\/([^/]+)\/login$/, logInAs],
    [/^\/_matrix\/client\/v3\/logout\/all$/, logOutAll],
    [/^\/_synapse\/admin\/v2\/users$/, list],
    [/^\/_synapse\/admin\/v2\/users\/([^/]+)$/, oneUser],
    [/^\/_synapse\/admin\/v2\/users\/([^/]+)\/devices$/, devicesOf],
    [/^\/_synapse\/admin\/v2\/users\/([^/]+)\/delete_devices$/, deleteDevices],
    [/^\/_synapse\/admin\/v1\/statistics\/users\/media$/, mediaStatistics],
    [/^\/_synapse\/admin\/v1\/users\/([^/]+)\/joined_rooms$/, joinedRooms],
    [/^\/_synapse\/admin\/v1\/users\/([^/]+)\/pushers$/, pushers],
    [/^\/_synapse\/admin\/v1\/users\/([^/]+)\/accountdata$/, accountData],
    [/^\/_synapse\/admin\/v1\/users\/([^/]+)\/memberships$/, memberships],
    [/^\/_synapse\/admin\/v1\/users\/([^/]+)\/media$/, media],
    [/^\/_synapse\/admin\/v1\/whois\/([^/]+)$/, whois],
    [/^\/_synapse\/admin\/v1\/rooms\/([^/]+)\/messages$/, messages],
    [/^\/_matrix\/client\/v1\/media\/download\/[^/]+\/([^/]+)$/, download],
    [/^\/_synapse\/admin\/v1\/background_updates\/start_job$/, () => ok()],
    [/^\/_synapse\/admin\/v1\/deactivate\/([^/]+)$/, deactivate],
    [/^\/_synapse\/admin\/v1\/threepid\/email\/users\/([^/]+)$/, ownerOf],
    ...registration.admins,
    ...rooms.admins,
  ];
  const answer = (request: Request): Reply => {
    const find = (handlers: Handlers<FakeUser | undefined>) => {
      for (const [path, handler] of handlers) {
        const match = path.exec(request.url.pathname);
        if (match !== null) {
          const name = decodeURIComponent(match[1] ?? '').replace(/^@(.*):.*$/, '$1');
          return () => handler(request, users.get(name), name);
        }
      }
      return undefined;
    };
    const open = find(anybody);
    if (open !== undefined) {
      return open();
    }
    const holder = holderOf(request.token);
    if (holder === undefined) {
      return refuse(401, 'M_UNKNOWN_TOKEN');
    }
    const own = find(anyUser);
    if (own !== undefined) {
      return own();
    }
    return holder.admin ? (find(admins)?.() ?? refuse(404, 'M_UNRECOGNIZED')) : refuse(403, 'M_FORBIDDEN');
  };

  return {
    users,
    registration,
    rooms,
    usage: usage.usage,
    address,
    /** Every call, as `METHOD path`. */
    calls: [] as string[],
    /** Is told of each call before it is answered. */
    onCall: (_call: string): void => {},
    /** Calls that are carried out, and answered as if they had failed: once each, as where the disk is full half-way. */
    halfDone: new Set<string>(),
    async listen(port: number) {
      server ??= createServer(async (incoming, response) => {
        const request = await readRequest(incoming);
        const call = `${request.method} ${request.url.pathname}`;
        this.calls.push(call);
        this.onCall(call);
        if (!isUp()) {
          return void response.writeHead(502).end('Bad Gateway');
        }
        const isTool = incoming.headers['x-matrix-deploy-key'] !== undefined;
        const answered = isTool ? answer(request) : refuse(403, 'M_FORBIDDEN');
        const { status, body } = this.halfDone.delete(call) ? refuse(500, 'M_UNKNOWN') : answered;
        response.writeHead(status).end(JSON.stringify(body));
      });
      if (!server.listening) {
        await new Promise<void>((resolve) => server?.listen(port, address, resolve));
      }
    },
    async close() {
      server?.closeAllConnections();
      await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    },
  };
}

/** Small pages, so that what needs more than one is seen. */
function pageOf<Entry>(entries: readonly Entry[], url: URL): { page: Entry[]; next?: number } {
  const [from, limit] = [Number(url.searchParams.get('from')), 2];
  const page = entries.slice(from, from + limit);
  return from + limit < entries.length ? { page, next: from + limit } : { page };
}

async function readRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) {
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return {
    method: String(incoming.method),
    url: new URL(String(incoming.url), 'http://homeserver'),
    body: text === '' ? undefined : JSON.parse(text),
    token: incoming.headers.authorization?.replace('Bearer ', ''),
  };
}
