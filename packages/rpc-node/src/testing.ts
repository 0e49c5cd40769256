// What tests need: a certificate of their own.
export { LOCALHOST_CERT, LOCALHOST_KEY } from "./edge/localhost.fixture.ts";
