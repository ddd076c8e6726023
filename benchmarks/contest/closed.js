import http from 'k6/http';
export const options = { vus: 64, duration: '6s', discardResponseBodies: true };
export default function () { http.get('http://127.0.0.1:8098/'); }
