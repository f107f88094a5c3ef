// sdp-transform's parse on one description: node sdp_transform.mjs NODE_MODULES FILE ROUNDS
// SECONDS_A_ROUND prints parses per second, the best round.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

const [modules, file, rounds, seconds] = process.argv.slice(2);
const {parse} = createRequire(`${modules}/`)('sdp-transform');
const text = readFileSync(file, 'utf8');
let best = 0;
for (let round = 0; round < Number(rounds); ++round) {
  const begin = process.hrtime.bigint();
  let done = 0;
  let took = 0;
  while (took < Number(seconds)) {
    for (let i = 0; i < 100; ++i) {
      if (parse(text).media.length === 0) throw new Error('nothing parsed');
    }
    done += 100;
    took = Number(process.hrtime.bigint() - begin) / 1e9;
  }
  best = Math.max(best, done / took);
}
console.log(best.toFixed(0));
