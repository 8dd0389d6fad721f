// The page's modules. Only those that exist have a route.
import { createRouter, createWebHistory } from 'vue-router'
import { lazyPage } from './panels/lazyPage'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'map', component: () => import('./views/BrowseView.vue') },
    { path: '/list/:layer?', name: 'list', component: () => import('./views/ListView.vue') },
    { path: '/help/:topic?', name: 'help', component: lazyPage(() => import('./help')) },
    { path: '/diag', name: 'diagnosis', component: lazyPage(() => import('./diagnosis')) },
    { path: '/products', name: 'products', component: () => import('./products/GalleryView.vue') },
    { path: '/products/:product', name: 'product', component: () => import('./products/ProductView.vue') },
    { path: '/quality/:layer?', name: 'quality', component: () => import('./views/QualityView.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})
