import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { follow, timed } from '../timed.ts';
import { findContainer, type Place, type Workbench } from '../workbench.ts';

/** How much a server holds. */
export interface Content {
  /** Messages of about 1.4 kB in the database each, with its indexes. */
  readonly messages: number;
  /** Files in the media store, of 50 kB on average, none of which can be compressed. */
  readonly files: number;
}

/** A database of a good gigabyte, and 20,000 files. */
export const usualContent: Content = { messages: 700_000, files: 20_000 };

/** Fills a server as years of use do, past its API: by that it would take hours. */
export async function populate(bench: Workbench, place: Place, { messages, files }: Content): Promise<void> {
  await addMessages(bench, place, messages);
  await addMedia(bench, place, files);
}

/** Rows as Synapse has them of messages in one room (synapse/storage/schema/main). */
async function addMessages(bench: Workbench, place: Place, count: number): Promise<void> {
  const room = `!${randomUUID()}:${place.serverName}`;
  const id = `'$' || i || '${randomUUID()}'`;
  const sender = `@admin:${place.serverName}`;
  const text = `(SELECT string_agg(md5(i::text || k), '') FROM generate_series(1, 16) k)`;
  await psql(
    bench,
    place,
    `INSERT INTO rooms (room_id, is_public, creator, room_version, has_auth_chain_index) VALUES ('${room}', false, '${sender}', '10', true);
CREATE TEMP TABLE message AS SELECT i, ${id} AS id, nextval('events_stream_seq') AS position, ${text} AS text FROM generate_series(1, ${count}) i;
INSERT INTO events (event_id, type, room_id, processed, outlier, depth, topological_ordering, origin_server_ts, received_ts, sender, contains_url, instance_name, stream_ordering)
SELECT id, 'm.room.message', '${room}', true, false, i, i, 1700000000000 + i, 1700000000000 + i, '${sender}', false, 'master', position FROM message;
INSERT INTO event_json (event_id, room_id, internal_metadata, json, format_version)
SELECT id, '${room}', '{}', json_build_object('type', 'm.room.message', 'room_id', '${room}', 'sender', '${sender}', 'content', json_build_object('msgtype', 'm.text', 'body', text))::text, 3 FROM message;
`,
  );
}

/** Adds files to the media store, with the rows that Synapse has of them. */
export async function addMedia(bench: Workbench, place: Place, count: number): Promise<void> {
  const { Id } = await findContainer(bench, place, 'synapse');
  const { lines } = await timed(['docker', 'exec', Id, 'python3', '-c', mediaProgram, String(count)], {
    signal: bench.signal,
  });
  const rows = lines.map(({ text }) => `${text}\t@admin:${place.serverName}\n`).join('');
  const columns =
    'media_id, media_type, media_length, created_ts, upload_name, sha256, authenticated, user_id';
  await psql(bench, place, `COPY local_media_repository (${columns}) FROM STDIN;\n${rows}\\.\n`);
}

/** Writes files where Synapse does (synapse/media/filepath.py), and prints a row of its table for each. */
const mediaProgram = `
import hashlib, os, random, secrets, string, sys
letters = string.ascii_letters
for _ in range(int(sys.argv[1])):
    name = "".join(secrets.choice(letters) for _ in range(24))
    content = os.urandom(random.randint(1_000, 99_000))
    directory = f"/data/media_store/local_content/{name[:2]}/{name[2:4]}"
    os.makedirs(directory, exist_ok=True)
    with open(f"{directory}/{name[4:]}", "wb") as file:
        file.write(content)
    print(name, "image/png", len(content), 1700000000000, "a.png", hashlib.sha256(content).hexdigest(), "t", sep="\\t")
`;

async function psql(bench: Workbench, place: Place, script: string): Promise<void> {
  const { Id } = await findContainer(bench, place, 'postgres');
  const options = ['-q', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-d', 'synapse'];
  const child = spawn('docker', ['exec', '-i', Id, 'psql', ...options], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(script);
  await follow(child, performance.now(), 'psql', bench.signal);
}
