// A backend of the StatsD daemon: each flush as one line of JSON, at the end of the file `jsonFile`.
const fs = require('fs');

exports.init = (startupTime, config, events) => {
  events.on('flush', (time, { counters, timers, timer_counters, gauges }) => {
    fs.appendFileSync(config.jsonFile, JSON.stringify({ counters, timers, timer_counters, gauges }) + '\n');
  });
  return true;
};
