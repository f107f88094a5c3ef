// Keeps one browser alive and answers one JSON request a line:
//   {"op": "offers", "args": [[...]]} -> {"value": ...}, {"failure": "..."} or {"crash": "..."}
// The first line it writes says which browser it is. It ends when its input ends.
//
//   node driver.mjs NODE_MODULES chrome|firefox EXECUTABLE PROFILE_FOLDER
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {createInterface} from 'node:readline';

const [modules, browser, executablePath, userDataDir] = process.argv.slice(2);
const {default: puppeteer} = createRequire(`${modules}/`)('puppeteer-core');
const operations = readFileSync(new URL('page.js', import.meta.url), 'utf8');

// A page counts its closed peer connections until they are collected; Chromium allows 500.
const kRequestsPerPage = 100;
const kBlobsPerRequest = 100;

const options = {
  chrome: {
    // The profile is thrown away and the network is a namespace with nothing in it.
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
           '--disable-background-networking', '--disable-component-update', '--disable-sync',
           '--autoplay-policy=no-user-gesture-required'],
    pipe: true,
  },
  firefox: {
    extraPrefsFirefox: {
      'app.update.disabledForTesting': true,
      'media.autoplay.default': 0,
    },
  },
}[browser];

const write = answer => process.stdout.write(`${JSON.stringify(answer)}\n`);

const instance = await puppeteer.launch(
    {browser, executablePath, userDataDir, headless: true, ...options});
let page;
let requests = 0;
// Rejects when the current page's process dies: an evaluation would wait for ever.
let crashed;
let alive = true;

async function freshPage() {
  const old = page;
  page = await instance.newPage();
  alive = true;
  crashed = new Promise((_, reject) => page.once('error', error => {
    alive = false;
    reject(error);
  }));
  crashed.catch(() => {});
  await page.evaluate(`window.operations = ${operations}; true`);
  if (old) await old.close();
  requests = 0;
}

function evaluate(what, ...given) {
  return Promise.race([page.evaluate(what, ...given), crashed]);
}

async function perform(op, args) {
  if (op === 'reset') return freshPage();
  if (op === 'offers') {
    const found = [];
    for (let from = 0; from < args[0].length; from += kBlobsPerRequest) {
      await freshPage();
      const some = args[0].slice(from, from + kBlobsPerRequest);
      found.push(...await evaluate(blobs => window.operations.offers(blobs), some));
    }
    return found;
  }
  if (op === 'create' && ++requests > kRequestsPerPage) {
    throw new Error(`more than ${kRequestsPerPage} peers without a reset`);
  }
  return evaluate((name, given) => window.operations[name](...given), op, args);
}

await freshPage();
write({version: await instance.version()});
for await (const line of createInterface({input: process.stdin})) {
  const {op, args} = JSON.parse(line);
  try {
    write({value: await perform(op, args) ?? null});
  } catch (error) {
    if (alive) {
      write({failure: `${error.name}: ${error.message}`});
    } else {
      await freshPage();
      write({crash: error.message});
    }
  }
}
await instance.close();
