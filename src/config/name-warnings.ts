import type { Warning } from '../components/warning.ts';
import { readName } from '../identifiers/dns-name.ts';

const alphabets = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Hebrew', 'Arabic', 'Cherokee'] as const;

/**
 * Warnings about a server name that is shown differently than it is written (RFC 5891), because the name is
 * permanent. A label with letters of several alphabets can look like another name (Unicode Technical Standard 39).
 */
export function nameWarnings({ server_name }: { readonly server_name: string }): Warning[] {
  const read = readName(server_name);
  if (read === undefined) {
    return [];
  }
  const mixed = read.split('.').some((label) => alphabetsIn(label).length > 1);
  return [
    {
      setting: 'server_name',
      text: `reads ${read}: user IDs will show it as ${server_name}, permanently`,
    },
    ...(mixed
      ? [
          {
            setting: 'server_name',
            text: `mixes letters of several alphabets (${read}), as fraudulent names do`,
          },
        ]
      : []),
  ];
}

function alphabetsIn(label: string): string[] {
  return alphabets.filter((alphabet) => new RegExp(`\\p{Script=${alphabet}}`, 'u').test(label));
}
