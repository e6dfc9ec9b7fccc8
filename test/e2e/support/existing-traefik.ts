import { readFile } from 'node:fs/promises';
import { testedImage } from '../../../src/releases/releases.ts';
import type { Host } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';

/** File on the host with the roots of the lab's CAs. */
export const roots = '/root/roots.pem';

/** Somebody else's project: a Traefik that gets certificates, and a container that has the name of our database. */
const project = `
services:
  traefik:
    image: ${testedImage('traefik')}
    command:
      - --providers.docker=true
      - --providers.docker.exposedbydefault=false
      - --entrypoints.web.address=:80
      - --entrypoints.secure.address=:443
      - --entrypoints.secure.transport.respondingtimeouts.readtimeout=3600s
      - --certificatesresolvers.le.acme.tlschallenge=true
      - --certificatesresolvers.le.acme.storage=/acme.json
    environment:
      LEGO_CA_CERTIFICATES: /roots.pem
    ports: ["80:80", "443:443"]
    labels: { traefik.enable: "true", traefik.http.middlewares.small.buffering.maxrequestbodybytes: "1000000" }
    volumes: ["/run/docker.sock:/var/run/docker.sock:ro", "${roots}:/roots.pem:ro"]
  neighbour:
    image: ${testedImage('synapse')}
    entrypoint: [sleep, infinity]
    networks: { default: { aliases: [postgres] } }
networks: { default: { name: proxy } }
`;

/** Runs Compose in that project. */
export const inForeignProject = (host: Host, ...argv: string[]) =>
  host.run(['docker', 'compose', ...argv], { cwd: '/opt/proxy' });

/** Starts a Traefik that has ports 80 and 443 of a host, with certificates from the lab's CA. */
export async function startTraefik(host: Host, { trustFile }: Pick<Lab, 'trustFile'>): Promise<void> {
  await host.writeFile(roots, await readFile(trustFile, 'utf8'));
  await host.run(['mkdir', '/opt/proxy']);
  await host.writeFile('/opt/proxy/docker-compose.yml', project);
  await inForeignProject(host, 'up', '--detach');
}

/**
 * Creates that Traefik again, with other words in its project.
 *
 * @param words those of now, with what takes the place of each
 * @returns creates it as it was
 */
export async function changeTraefik(
  host: Host,
  words: Readonly<Record<string, string>>,
): Promise<() => Promise<void>> {
  const create = async (text: string) => {
    await host.writeFile('/opt/proxy/docker-compose.yml', text);
    await inForeignProject(host, 'up', '--detach', '--wait', 'traefik');
  };
  await create(Object.entries(words).reduce((text, [word, other]) => text.replace(word, other), project));
  return () => create(project);
}
