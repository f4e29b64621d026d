// What is printed: a table of each measurement and one line for each figure with its target.
const figures = [];

const us = (value) => (value >= 1000 ? `${(value / 1000).toFixed(2)} ms` : `${Math.round(value)} us`);

export function table(title, results) {
  console.log(`\n${title}`);
  console.log(`  ${'target'.padEnd(22)}${'req/s'.padStart(9)}${'+-'.padStart(6)}${'p50'.padStart(10)}${'p99'.padStart(10)}${'CPU us'.padStart(8)}  by process`);
  for (const [name, r] of Object.entries(results)) {
    const parts = Object.entries(r.cpu).filter(([, v]) => v >= 1).map(([k, v]) => `${k} ${Math.round(v)}`).join(' + ');
    console.log(`  ${name.padEnd(22)}${Math.round(r.rate).toString().padStart(9)}${`${Math.round(r.spread * 100)}%`.padStart(6)}` +
      `${us(r.p50).padStart(10)}${us(r.p99).padStart(10)}${Math.round(r.cpuTotal).toString().padStart(8)}  ${parts}${r.wrong ? `   ${r.wrong} WRONG ANSWERS` : ''}`);
  }
}

/** value against target: "at least" by default, "at most" with most: true. aim: what one would like. */
export function figure(name, value, target, { most = false, unit = '', aim } = {}) {
  const good = most ? value <= target : value >= target;
  figures.push({ name, value, target, most, unit, aim, good });
  console.log(`  ${line(figures.at(-1))}`);
}

function line({ name, value, target, most, unit, aim, good }) {
  const shown = Math.abs(value) >= 1000 ? Math.round(value).toString() : value.toFixed(2);
  return `${name.padEnd(62)}${`${shown}${unit}`.padStart(12)}   ${most ? '<=' : '>='} ${`${target}${unit}`.padEnd(10)}${good ? 'pass' : 'BELOW'}${aim ? `   (aim ${aim}${unit})` : ''}`;
}

/** All figures again; true when each meets its target. */
export function close() {
  console.log('\nFigures');
  for (const f of figures) console.log(`  ${line(f)}`);
  const below = figures.filter((f) => !f.good).length;
  console.log(`${figures.length - below} of ${figures.length} figures meet their target`);
  return below === 0;
}

export const allFigures = () => figures;
