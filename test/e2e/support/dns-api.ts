import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';

/**
 * The HTTP interface of a DNS provider, on the lab's name server: `/present?name=…&text=…` sets a TXT record in a zone, and
 * `/cleanup` takes it away, for those who know the token.
 *
 * Arguments: port, zone, token.
 */
const [, , port = '', zone = '', token = ''] = process.argv;
const run = promisify(execFile);

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://api');
  const [name = '', text = ''] = [searchParams.get('name'), searchParams.get('text')].map(String);
  const change =
    pathname === '/present' ? `zone-set ${zone} ${name} 0 TXT` : `zone-unset ${zone} ${name} TXT`;
  if (request.headers.authorization !== `Bearer ${token}` || !/^[\w.-]+ [\w.-]+$/.test(`${name} ${text}`)) {
    response.writeHead(403).end();
    return;
  }
  await run('sh', [
    '-c',
    `until knotc zone-begin ${zone}; do sleep 0.01; done; knotc ${change} '"${text}"'; knotc --blocking zone-commit ${zone}`,
  ]);
  response.end();
}).listen(Number(port));
