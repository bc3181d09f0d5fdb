// Two people in Chromium, through the chat page.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chromium } from 'playwright-core';

const [url, executablePath] = process.argv.slice(2);
let checks = 0;
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});

async function visit(name) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  const answered = once(network, 'Network.webSocketHandshakeResponseReceived');
  await page.goto(`${url}?name=${name}`);
  const [{ response }] = await answered;
  const headers = new Headers(response.headers);
  const agreed = headers.get('sec-websocket-extensions') ?? '';
  assert.match(agreed, /^permessage-deflate/);
  checks += 1;
  await page.locator('#state[data-state=online]').waitFor();
  return page;
}

async function say(page, text) {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
}

async function sees(page, text) {
  await page.locator('#log', { hasText: text }).waitFor();
  checks += 1;
}

const [one, other] = [await visit('ann'), await visit('ben')];
await say(one, 'hello from ann');
await sees(one, 'hello from ann');
await sees(other, 'hello from ann');
// Long enough that the server compresses it.
const long = 'words that come again and again, '.repeat(40);
await say(other, `${long}the end`);
await sees(one, 'again, the end');
await sees(other, 'again, the end');
// Another room is another conversation.
for (const page of [one, other]) {
  await page.fill('#room', 'gaming');
  await page.press('#room', 'Enter');
  await page.locator('#title', { hasText: 'gaming' }).waitFor();
  checks += 1;
}
await say(one, 'anybody here?');
await sees(other, 'anybody here?');
await browser.close();
console.log(`Chromium: ${checks} checks passed`);
