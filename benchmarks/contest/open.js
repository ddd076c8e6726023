import http from 'k6/http';
export const options = {
  discardResponseBodies: true,
  scenarios: { only: { executor: 'constant-arrival-rate', rate: Number(__ENV.RATE), timeUnit: '1s', duration: '8s',
                       preAllocatedVUs: 500, maxVUs: 500 } },
};
export default function () { http.get('http://127.0.0.1:8098/'); }
