// node's asterisk-manager with one listener for all events; see panoramisk_bare.py.

const { performance } = require('node:perf_hooks');

const ami = new (require('asterisk-manager'))(Number(process.argv[2]), '127.0.0.1', 'bench', 'bench', true);
let events = 0;
let began = 0;
let cpu;

ami.on('managerevent', (event) => {
  events += 1;
  if (event.event !== 'UserEvent') return;
  if (event.userevent === 'BenchBegin') {
    events = 0;
    began = performance.now();
    cpu = process.cpuUsage();
    return;
  }
  const used = process.cpuUsage(cpu);
  const seconds = (performance.now() - began) / 1000;
  console.log(JSON.stringify({ events: events - 1, seconds, cpu: (used.user + used.system) / 1e6 }));
  process.exit(0);
});
