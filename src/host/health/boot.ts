import { type Judgement, passed, warning } from '../judgement.ts';

/** The unit of Docker's packages. With its socket alone, Docker starts at the first connection, and not at boot. */
export const dockerUnit = 'docker.service';

/** Judges whether Docker Engine, and with it the server, starts when the host boots. */
export function judgeBoot(state: string | undefined): Judgement {
  const commands: Record<string, string> = {
    disabled: 'systemctl enable docker',
    'enabled-runtime': 'systemctl enable docker',
    masked: 'systemctl unmask docker && systemctl enable docker',
    'masked-runtime': 'systemctl unmask docker && systemctl enable docker',
  };
  const command = commands[state ?? ''];
  return command === undefined
    ? passed('nothing keeps Docker from starting at boot')
    : warning(
        `Docker is not started at boot (systemd: ${state}): after a restart of this host the server stays down`,
        `Run \`${command}\`.`,
      );
}
