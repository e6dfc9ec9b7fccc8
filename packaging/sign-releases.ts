// `npm run sign-releases -- SECRET_KEY DOCUMENT`: signs a release document that `releases update` would take, and writes the
// signature beside it. docs/releases.md says how the key is made and kept.
import { readFile, writeFile } from 'node:fs/promises';
import inquirer from 'inquirer';
import { builtIn } from '../src/releases/releases.ts';
import { readSecretKey, signRelease } from './release-signature.ts';

const [keyFile, documentFile] = process.argv.slice(2);
if (keyFile === undefined || documentFile === undefined) {
  console.error('Usage: npm run sign-releases -- SECRET_KEY DOCUMENT');
  process.exit(2);
}
try {
  const key = await readSecretKey(await readFile(keyFile, 'utf8'), askPassword);
  const signature = signRelease({
    document: await readFile(documentFile, 'utf8'),
    key,
    publicKeys: await readFile(new URL('../keys/releases.pub', import.meta.url), 'utf8'),
    builtInSerial: builtIn.serial,
    now: new Date(),
  });
  await writeFile(`${documentFile}.minisig`, signature);
  console.log(`Publish ${documentFile} and ${documentFile}.minisig at one https address.`);
} catch (error) {
  console.error(`Nothing was signed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function askPassword(): Promise<string> {
  const { password } = await inquirer.prompt<{ password: string }>([
    { type: 'password', name: 'password', message: 'Password of the key:' },
  ]);
  return password;
}
