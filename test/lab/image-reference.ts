/** An image's name, taken apart as an engine does it: what it asks which registry for. */
export interface ImageReference {
  registry: string;
  /** The path below `/v2/`. */
  repository: string;
  tag: string;
}

/** @param image as a person writes it: `postgres:17`, `traefik`, `ghcr.io/element-hq/synapse:v1.163.2` */
export function parseImageReference(image: string): ImageReference {
  const [, path = '', tag = 'latest'] = /^(.+?)(?::([\w.-]+))?$/.exec(image) ?? [];
  const [first = '', ...rest] = path.split('/');
  if (rest.length > 0 && /[.:]|^localhost$/.test(first)) {
    return { registry: first, repository: rest.join('/'), tag };
  }
  return { registry: 'registry-1.docker.io', repository: rest.length === 0 ? `library/${path}` : path, tag };
}
