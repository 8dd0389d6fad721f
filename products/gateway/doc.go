// Package gateway accepts and produces calls that are signed as Digital Guangdong's
// gateways sign them, with the headers x-tif-paasid, x-tif-timestamp, x-tif-nonce and
// x-tif-signature = SHA-256(timestamp + token + nonce + timestamp).
//
// It comes before web, which hands it the headers, and makes of a signed call a
// principal of access. It does not know HTTP.
//
// What the signature protects is who calls and when: it covers neither the address nor
// the body, so calls must travel over TLS. A call is good once, and only for a few minutes.
package gateway
