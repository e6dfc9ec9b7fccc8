/** An image's name, taken apart: `matrixdotorg/synapse:v1.163.2`. */
export interface ImageReference {
  repository: string;
  tag: string;
}

/** @throws when the reference has no tag, or a digest */
export function parseReference(reference: string): ImageReference {
  const match = /^(?<repository>[a-z0-9./_-]+(?::\d+\/[a-z0-9./_-]+)?):(?<tag>[\w][\w.-]*)$/.exec(reference);
  const { repository, tag } = match?.groups ?? {};
  if (repository === undefined || tag === undefined) throw new Error(`Not an image with a tag: ${reference}`);
  return { repository, tag };
}
