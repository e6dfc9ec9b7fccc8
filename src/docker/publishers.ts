import type Docker from 'dockerode';
import { digestLabel } from '../stack/labels.ts';
import type { Publisher } from './engine.ts';

/** The ports that a container of the engine's list publishes. */
export function publishersOf({ Id, Image, Names, Labels, Ports }: Docker.ContainerInfo): Publisher[] {
  const container = (Names[0] ?? '').replace(/^\//, '');
  const directory = Labels['com.docker.compose.project.working_dir'] ?? '';
  const project = Labels['com.docker.compose.project'] ?? '';
  return Ports.filter(({ PublicPort, Type }) => PublicPort > 0 && ['tcp', 'udp'].includes(Type)).map(
    ({ IP, PublicPort, Type }) => ({
      id: Id,
      image: Image,
      container,
      directory,
      project,
      isDeployed: Labels[digestLabel] !== undefined,
      address: IP,
      port: PublicPort,
      ...(Type === 'udp' ? { protocol: 'udp' } : {}),
    }),
  );
}
