/**
 * A person at a browser: opens a web client, logs in with a password, and waits for a room. Reads a `Visit` from standard
 * input, and writes the names of all rooms that the client shows then.
 */
import { text } from 'node:stream/consumers';
import { chromium } from 'playwright-core';

/** What the person does. */
export interface Visit {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** The name of a room that the client must show. */
  readonly room: string;
}

const { url, user, password, room }: Visit = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium-headless-shell',
  // As root, without a sandbox.
  args: ['--no-sandbox'],
});
const page = await browser.newPage();
const said: string[] = [];
page.on('console', (message) => said.push(message.text()));
page.setDefaultTimeout(60_000);
try {
  await page.goto(url);
  await page.fill('#username', user);
  await page.fill('#password', password);
  await page.click('button[type=submit]');
  const rooms = page.locator('.RoomList .name');
  await rooms.filter({ hasText: room }).waitFor();
  process.stdout.write(JSON.stringify(await rooms.allTextContents()));
} catch (error) {
  const shown = await page.locator('body').textContent();
  throw new Error(`${error}\nThe page shows: ${shown}\nIts console: ${said.join('\n')}`);
} finally {
  await browser.close();
}
