// The chat page in Chromium: what it shows of whispers, names, comings and goings, and a lost connection.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const [program, executablePath] = process.argv.slice(2);
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 800 };
let checks = 0;
const check = (condition, what) => {
  assert.ok(condition, what);
  checks += 1;
};

// --- The server, which is stopped and started again ------------------------------------------------------------------
let server;
process.on('exit', () => server?.kill('SIGKILL'));
process.on('SIGTERM', () => process.exit(1));
async function start(port) {
  const env = { ...process.env, HOST: '127.0.0.1', PORT: String(port) };
  server = spawn(program, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(server, 'exit').then(() => { throw new Error('the server ended before it listened'); });
  const [line] = await Promise.race([once(createInterface(server.stdout), 'line'), ended]);
  ended.catch(() => {});
  return line.replace('listening on ', '');
}
async function end(signal) {
  const ended = once(server, 'exit');
  server.kill(signal);
  await ended;
}

// --- What a person does and sees -------------------------------------------------------------------------------------
const url = new URL(await start(0));
const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
});
const online = (page) => page.locator('#state[data-state=online]').waitFor();
async function visit(name, viewport) {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => { throw error; });
  await page.goto(new URL(`/?name=${name}`, url).href);
  await online(page);
  return page;
}
async function say(page, text) {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
}
async function join(page, room) {
  await page.fill('#room', room);
  await page.press('#room', 'Enter');
  await sees(page, '#title', room);
}
async function rename(page, name) {
  await page.fill('#name', name);
  await page.press('#name', 'Enter');
}
/** Waits for an element that has `text` as all its text, or that matches a regular expression. */
async function sees(page, selector, text) {
  const pattern = text instanceof RegExp ? text : new RegExp(`^\\s*${text}\\s*$`);
  await page.locator(selector, { hasText: pattern }).first().waitFor();
  checks += 1;
}
const count = (page, selector, hasText) => page.locator(selector, { hasText }).count();
const welcomes = (page) => count(page, '#log .system', 'Welcome to the server!');
const counts = (page) => page.locator('#rooms .count').allInnerTexts();
async function retry(page) {
  // It may have connected by itself in the meantime.
  await page.locator('#retry').click({ timeout: 1000 }).catch(() => {});
  await online(page);
}

// --- Joining, leaving, another name ----------------------------------------------------------------------------------
const ann = await visit('ann', DESKTOP);
await sees(ann, '#log .system', 'Welcome to the server!');
check(await ann.locator('#empty').isVisible(), 'an empty room says what to do');
const ben = await visit('ben', PHONE);
await sees(ann, '#log .system', 'ben joined the room');
await join(ben, 'gaming');
await sees(ann, '#log .system', 'ben left the room');
await sees(ann, '#rooms button', /^gaming 1 here$/);
await join(ben, 'lobby');
await say(ben, 'hello');
await sees(ann, '#log .said', /hello/);
check(!await ann.locator('#empty').isVisible(), 'it is not empty any more');

await rename(ann, 'anna');
await sees(ann, '#log .system', 'You are now called anna');
await sees(ben, '#log .system', 'ann left the room');
await sees(ben, '#log .system', 'anna joined the room');
check(await welcomes(ann) === 1, 'another name is not welcomed as somebody new');
check(await count(ann, '#log .room', 'You are in lobby') === 1, 'the room is still the same');

const carol = await visit('carol', DESKTOP);
await sees(ann, '#log .system', 'carol joined the room');
await carol.context().close();
await sees(ann, '#log .system', 'carol left the room');

// --- Whispers --------------------------------------------------------------------------------------------------------
await say(ann, '/whisper dave hi there');
await sees(ann, '.pm.failed .status', 'Not delivered: no one here is called dave');
check(await ann.inputValue('#text') === '/whisper dave hi there', 'it can be corrected and sent again');
check(await count(ann, '.pm.delivered', '') === 0, 'nothing looks delivered');

server.kill('SIGSTOP');
await say(ann, '/whisper ben psst');
await sees(ann, '.pm.pending .status', 'Sending…');
server.kill('SIGCONT');
await sees(ann, '.pm.delivered .status', 'Delivered');
await sees(ben, '#log .pm', /Private from\s*anna.*psst/s);
check(await count(ann, '.pm.pending', '') === 0, 'nothing is pending');

// --- A phone ---------------------------------------------------------------------------------------------------------
const bar = (page) => page.evaluate(() => {
  const height = (selector) => document.querySelector(selector).getBoundingClientRect().height;
  return { height: height('header') + height('nav'), width: document.documentElement.scrollWidth };
});
async function checkBar(page, when) {
  const { height, width } = await bar(page);
  check(height > 0 && height < PHONE.height / 5, `${when}, the bar of a phone is ${height} pixels high`);
  check(width <= PHONE.width, `${when}, the page is ${width} pixels wide`);
}
await checkBar(ben, 'online');
// More lines than the screen has, to see that the last one stays in sight.
for (let n = 1; n <= 30; n += 1) await say(ben, `line ${n}`);
await sees(ben, '#log .own', /line 30$/);

// --- A lost connection -----------------------------------------------------------------------------------------------
await join(ann, 'gaming');
await sees(ann, '#rooms button', /^gaming 1 here$/);
check(await ann.locator('#offline').isHidden(), 'online, the counts are live');
server.kill('SIGSTOP');
await say(ann, '/whisper ben did you get this?');
await sees(ann, '.pm.pending .status', 'Sending…');
await end('SIGKILL');
for (const page of [ann, ben]) {
  await sees(page, '#log .system', 'The connection was lost');
  await sees(page, '#state-text', 'Reconnecting');
  check((await counts(page)).every((text) => text === ''), 'no count is shown');
  check(await page.locator('#rooms button:enabled').count() === 0, 'no room can be joined');
}
await sees(ann, '#offline', /offline/);
await sees(ann, '.pm.failed .status', /^Perhaps not delivered: /);
await ben.locator('#retry').waitFor();
await checkBar(ben, 'offline');
const below = await ben.evaluate(() => {
  const log = document.querySelector('#log');
  return log.scrollHeight - log.scrollTop - log.clientHeight;
});
check(below < 2, `the last line is in sight, ${below} pixels from the end`);

await start(url.port);
for (const page of [ann, ben]) {
  await retry(page);
  await sees(page, '#log .system', /^Connected again/);
  check(await welcomes(page) === 1, 'who comes back is not welcomed as somebody new');
  await sees(page, '#rooms button', /^gaming 1 here$/);
  check(await page.locator('#offline').isHidden(), 'the counts are live again');
}
check(await ann.innerText('#title') === 'gaming', 'the room is the one from before');
check(await count(ben, '#log .system', 'anna joined the room') === 1, 'nobody came through the lobby');

await browser.close();
await end('SIGTERM');
console.log(`Chat page: ${checks} checks passed`);
process.exit(0);
