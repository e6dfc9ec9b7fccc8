import { type Document, isMap, isScalar, type Scalar } from 'yaml';
import type { ComponentRegistry } from '../components/components.ts';
import { UserError } from '../errors.ts';
import { parseConfig } from './parse.ts';
import type { Config } from './schema.ts';
import { readDocument } from './yaml-text.ts';

/** The wanted image of each section of matrix.yaml. */
export type SectionImages = Readonly<Record<string, string>>;

/**
 * The text of matrix.yaml with other images. Changes or adds only the lines with the images, and keeps all other
 * bytes.
 *
 * @throws ConfigError when the result is not a valid configuration, such as for a version that is too old; UserError
 *   when a section is written in a form to which no line can be added
 */
export function setImages(
  text: string,
  images: SectionImages,
  known: ComponentRegistry,
): { text: string; config: Config } {
  const changed = Object.entries(images).reduce(setImage, text);
  const config = parseConfig(changed, known);
  const sections = config as unknown as Record<string, { image?: string }>;
  const wrong = Object.entries(images).find(([section, image]) => sections[section]?.image !== image);
  if (wrong !== undefined) {
    throw new UserError(`matrix.yaml is written in a way that \`${wrong[0]}.image\` cannot be set in`, {
      code: 'config.image-line',
      hint: `Set ${wrong[0]}.image to "${wrong[1]}" yourself, and run \`matrix-deploy apply\`. Nothing was changed.`,
    });
  }
  return { text: changed, config };
}

function setImage(text: string, [section, image]: [string, string]): string {
  const read = readDocument(text);
  if ('faults' in read) return text;
  const { document } = read;
  const found = document.getIn([section, 'image'], true);
  if (isScalar(found) && found.range) {
    if (found.value === image) return text;
    return `${text.slice(0, found.range[0])}${written(image, found.type)}${text.slice(found.range[1])}`;
  }
  return addLine(text, document, section, written(image));
}

/** Quotes an image like the one that it replaces. A name that begins with a digit could be read as another type. */
function written(image: string, type?: Scalar['type']): string {
  if (type === 'PLAIN' && /^[a-z]/i.test(image)) return image;
  return type === 'QUOTE_SINGLE' ? `'${image}'` : JSON.stringify(image);
}

/** Adds a line below the name of the section, indented like the first setting; or adds the section at the end. */
function addLine(text: string, document: Document, section: string, value: string): string {
  const { contents } = document;
  if (!isMap(contents) || contents.flow) return text;
  const pair = contents.items.find(({ key }) => isScalar(key) && key.value === section);
  if (pair === undefined) return `${text}${text.endsWith('\n') ? '' : '\n'}${section}:\n  image: ${value}\n`;
  const [first] = isMap(pair.value) ? pair.value.items : [];
  if (!isScalar(first?.key) || !first.key.range || !isScalar(pair.key) || !pair.key.range) return text;
  const start = first.key.range[0];
  if (isMap(pair.value) && pair.value.flow) return insert(text, start, `image: ${value}, `);
  const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const below = text.indexOf('\n', pair.key.range[1]) + 1;
  return indent.trim() === '' && below <= start ? insert(text, below, `${indent}image: ${value}\n`) : text;
}

function insert(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at);
}
