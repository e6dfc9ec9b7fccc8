import { cached } from './cache.ts';
import { makeDebianRoot } from './engine/debian-root.ts';

const suite = 'trixie';
const base = ['ca-certificates', 'curl', 'iproute2', 'libstdc++6'];
// Knot serves the names, Pebble the certificates, docker-registry the images, which skopeo puts there.
const services = ['knot', 'pebble', 'docker-registry', 'skopeo'];

/** The root file system of the machines that serve the lab: Debian with their programs. */
export function serviceTree(): Promise<string> {
  const root = { suite, packages: [...base, ...services] };
  return cached('service-tree', root, (tree) => makeDebianRoot(root, tree));
}
