import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  parseDocument,
  type ScalarTag,
  visit,
} from 'yaml';
import type { Settings, SettingValue } from '../components/component.ts';
import { escapeUnreadable } from '../components/yaml-text.ts';
import { packageFile } from '../package.ts';

/** The text of a template, by its path below templates/, or by an absolute one. */
export function readTemplate(path: string): string {
  return readFileSync(isAbsolute(path) ? path : packageFile(`templates/${path}`), 'utf8');
}

const parsed = new Map<string, Document>();

/** A packaged YAML template, with its comments, as a document that the caller may change. */
export function openTemplate(path: string): Document {
  const document = parsed.get(path) ?? parseTemplate(path);
  // A stack is rendered several times in a run, and templates do not change.
  parsed.set(path, document);
  return document.clone();
}

function parseTemplate(path: string): Document {
  const document = parseDocument(readTemplate(path));
  if (document.errors.length > 0) {
    throw new Error(`template ${path} is not valid YAML`, { cause: document.errors[0] });
  }
  return document;
}

/**
 * Sets values by path, so that the comments and the order of a template survive. A map that is not empty is merged
 * into a map of the document. Any other value is set as a whole, and `undefined` removes what the document has.
 */
export function setValues(document: Document, values: Settings, path: readonly string[] = []): void {
  for (const [key, value] of Object.entries(values)) {
    const here = [...path, key];
    if (value === undefined) {
      document.deleteIn(here);
    } else if (isSettings(value) && isMap(document.getIn(here)) && Object.keys(value).length > 0) {
      setValues(document, value, here);
    } else {
      document.setIn(here, document.createNode(withoutUndefined(value)));
    }
  }
  // An empty collection can only be written as {} or []. Once it has values, it is written in lines.
  const parent = path.length === 0 ? document.contents : document.getIn(path);
  if (isCollection(parent)) {
    parent.flow = false;
  }
}

/** Keys that every parser reads as strings without quotes. */
const plainKey = /^(?!(?:y|n|yes|no|on|off|true|false|null|e\d+)$)[a-z_][\w.-]*$/i;

/**
 * Writes numbers so that every parser reads the same. YAML 1.1 requires a point and a sign in a number with an
 * exponent, and reads whole numbers of any length exactly.
 */
const number: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  identify: (value) => typeof value === 'number',
  // The tag is only for printing: it matches no text, so that the schema reads all numbers.
  test: /(?!)/,
  resolve: Number,
  stringify: ({ value }) => numberText(Number(value)),
};

function numberText(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value < 0 ? '-.inf' : '.inf';
  if (Number.isInteger(value)) return String(BigInt(value));
  return String(value).replace(/^(-?\d+)e/, '$1.0e');
}

/**
 * A document as text that YAML 1.1 and 1.2 parsers read alike: Synapse reads 1.1, where plain `no`, `10:00` or
 * `1_000` are not strings. So every string that we set is quoted, and every key that is more than a word. Characters
 * that a parser would not accept or keep are escaped.
 */
export function printDocument(document: Document): string {
  visit(document, {
    Pair(_index, { key, value }) {
      // The key `<<`, by which an alias is merged, must stay without quotes.
      if (!isAlias(value) && isScalar(key) && typeof key.value === 'string' && !plainKey.test(key.value)) {
        key.type = 'QUOTE_DOUBLE';
      }
    },
  });
  document.setSchema('1.2', { customTags: (tags) => [number, ...tags] });
  const text = document.toString({
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    flowCollectionPadding: false,
    lineWidth: 0,
  });
  return escapeUnreadable(text);
}

function isSettings(value: SettingValue): value is Settings & { readonly [key: string]: SettingValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutUndefined(value: SettingValue): unknown {
  return JSON.parse(JSON.stringify(value));
}
