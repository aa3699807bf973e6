import 'virtual:theme-variables.css';
import './mantine.css';
import './tokens.css';
import './base.css';
