// Package products composes layers, styles and text into published Yue-map
// (粤政图) products: map services, sheets and packages.
//
// It comes after layers and styles and before web. What a layer holds and how
// it looks is decided there; a product only says which of them, for whom and
// until when. It holds no code so far: nothing composes products yet.
package products
