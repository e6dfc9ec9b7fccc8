import wasmBundle from '@matrix-org/olm/olm.js?url';
import wasm from '@matrix-org/olm/olm.wasm?url';
import legacyBundle from '@matrix-org/olm/olm_legacy.js?url';
import {
  createNavigation,
  createRouter,
  FeatureSet,
  Platform,
  RootView,
  RootViewModel,
} from 'hydrogen-view-sdk';
import downloadSandbox from 'hydrogen-view-sdk/download-sandbox.html?url';
import worker from 'hydrogen-view-sdk/main.js?url';
import 'hydrogen-view-sdk/assets/theme-element-light.css';

/** The homeserver, as Element Web finds it: in the configuration for this hostname, and then in that for all. */
async function defaultHomeServer() {
  for (const path of [`/config.${location.hostname}.json`, '/config.json']) {
    const answer = await fetch(path, { cache: 'no-cache' });
    if (answer.ok) return (await answer.json()).default_server_config['m.homeserver'].base_url;
  }
  throw new Error('no configuration');
}

const container = document.querySelector('#client');
const platform = new Platform({
  container,
  assetPaths: { downloadSandbox, worker, olm: { wasm, legacyBundle, wasmBundle }, serviceWorker: '/sw.js' },
  config: { defaultHomeServer: await defaultHomeServer(), themeManifests: [] },
  options: { development: false },
});
await platform.init();
const navigation = createNavigation();
platform.setNavigation(navigation);
const urlRouter = createRouter({ navigation, history: platform.history });
urlRouter.attach();
const model = new RootViewModel({
  platform,
  urlRouter,
  navigation,
  features: await FeatureSet.load(platform.settingsStorage),
});
await model.load();
container.append(new RootView(model).mount());
