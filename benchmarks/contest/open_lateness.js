// How late k6 itself starts its iterations: apart from open.js, as telling it costs k6 a tenth of its rate.
import http from 'k6/http';
import exec from 'k6/execution';
import { Trend } from 'k6/metrics';
const rate = Number(__ENV.RATE);
const lateness = new Trend('lateness');
export const options = {
  discardResponseBodies: true,
  summaryTrendStats: ['p(99)'],
  scenarios: { only: { executor: 'constant-arrival-rate', rate, timeUnit: '1s', duration: '8s',
                       preAllocatedVUs: 500, maxVUs: 500 } },
};
export default function () {
  lateness.add(Date.now() - exec.scenario.startTime - 1000 * exec.scenario.iterationInTest / rate);
  http.get('http://127.0.0.1:8098/');
}
