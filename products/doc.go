// Package products composes layers, styles and text into published products of
// the Yue-map (粤政图): what a product shows and says, the states it passes
// through, its versions, and how often it is called.
//
// It is the last step before web, which serves products as maps, lists and pages.
// What a product's layers are is decided in layers, how they look in styles; here
// is which of them are shown together, for whom, under which title, and with which
// data: that of now, of fixed versions, or of a day. Pictures, sheets and the
// protocols of services are made by others of what [Store.Open] gives.
package products
